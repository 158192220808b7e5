# List of CPU numbers → the list format of the kernel and of systemd: sorted, without doubles, neighbours joined.
# [ 3 1 2 6 ] → "1-3,6"; [ ] → "".
{ lib }:
numbers:
let
  sorted = lib.sort lib.lessThan (lib.unique numbers);
  join =
    ranges: number:
    let
      current = lib.last ranges;
    in
    if ranges != [ ] && current.last + 1 == number then
      lib.init ranges
      ++ [
        {
          inherit (current) first;
          last = number;
        }
      ]
    else
      ranges
      ++ [
        {
          first = number;
          last = number;
        }
      ];
  show =
    range:
    if range.first == range.last then
      toString range.first
    else
      "${toString range.first}-${toString range.last}";
in
lib.concatMapStringsSep "," show (lib.foldl' join [ ] sorted)
