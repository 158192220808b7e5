# The workstation with a module that rt-tune emit-nix wrote for an imitated machine: crates/rt-tune's tests compare it
# with what the program writes today.
{
  variant = "archibaldOS";
  module = ../emitted/tuning.nix;
}
