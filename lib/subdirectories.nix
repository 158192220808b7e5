# A folder → the names of the folders in it that hold the file `name`, sorted. The folder is the registration: adding a
# module area, a host or a package edits no list.
{ lib }:
folder: name:
lib.filter (entry: builtins.pathExists (folder + "/${entry}/${name}")) (
  builtins.attrNames (lib.filterAttrs (_: type: type == "directory") (builtins.readDir folder))
)
