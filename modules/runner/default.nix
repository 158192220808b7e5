# A test machine that runs a repository's GitHub Actions jobs against real boards on USB: the runner, the tools, the
# devices, and an account to look after it.
{
  imports = [
    ../base
    ../users
    ./enable.nix
    ./github-runner.nix
    ./probes.nix
    ./tools.nix
    ./account.nix
    ./smoke-check.nix
  ];
}
