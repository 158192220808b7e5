# Any value of a configuration → something that JSON can hold: a package becomes its name, a function a word. A
# password is never shown, whatever it is for.
{ lib }:
let
  plain =
    depth: value:
    if depth == 0 then
      "…"
    else if lib.isDerivation value then
      "<package ${value.name or "unnamed"}>"
    else if builtins.isAttrs value && value.recurseForDerivations or false then
      "<package set>"
    else if builtins.isFunction value || value ? __functor && builtins.isAttrs value then
      "<function>"
    else if builtins.isPath value then
      toString value
    else if builtins.isAttrs value then
      lib.mapAttrs (
        name: below:
        if lib.hasSuffix "assword" name && below != null then "<hidden>" else plain (depth - 1) below
      ) (lib.filterAttrs (name: _: !lib.hasPrefix "_" name) value)
    else if builtins.isList value then
      map (plain (depth - 1)) value
    else
      value;
in
plain 12
