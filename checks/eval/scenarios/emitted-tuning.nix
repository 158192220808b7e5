# The workstation with what rt-tune emit-nix wrote for an imitated machine: crates/rt-tune's tests compare the file with what
# the program writes today, and evaluate it in `imports` as well.
{
  variant = "archibaldOS";
  module.archibald.tuning.emitted = ../emitted/tuning.nix;
}
