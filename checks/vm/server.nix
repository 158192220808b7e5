# The headless server: a key opens it and nothing else does. The key is made inside the test and put where
# archibald-install puts it, so no key is in this repository.
_: {
  name = "server";
  globalTimeout = 10 * 60;

  nodes.server = {
    archibald.server = {
      enable = true;
      docker = false; # not what is tested, and large
      authorizedKeysFile = "/var/lib/archibald/authorized_keys/%u";
    };
    archibald.users.passwordlessSudo = true;
  };
  nodes.client = { };

  testScript = ''
    ssh = "ssh -o StrictHostKeyChecking=no -o ConnectTimeout=10"
    start_all()
    server.wait_for_unit("sshd.service")
    server.wait_for_open_port(22)
    client.wait_for_unit("multi-user.target")
    client.succeed("ssh-keygen -t ed25519 -N \"\" -f /root/known")
    client.succeed("ssh-keygen -t ed25519 -N \"\" -f /root/stranger")
    public = client.succeed("cat /root/known.pub").strip()
    server.succeed(f"echo '{public}' > /var/lib/archibald/authorized_keys/admin")

    with subtest("the known key opens the administrator's account"):
        who = client.succeed(f"{ssh} -i /root/known admin@server id -un").strip()
        assert who == "admin", who

    with subtest("the administrator becomes root without a password"):
        who = client.succeed(f"{ssh} -i /root/known admin@server sudo -n id -un").strip()
        assert who == "root", who

    with subtest("another key does not open it"):
        client.fail(f"{ssh} -o BatchMode=yes -o IdentitiesOnly=yes -i /root/stranger admin@server true")

    with subtest("passwords are not even asked for"):
        code, answer = client.execute(
            f"{ssh} -o PubkeyAuthentication=no -o PreferredAuthentications=password,keyboard-interactive"
            " -v admin@server true 2>&1"
        )
        assert code != 0
        offered = [line for line in answer.splitlines() if "Authentications that can continue" in line]
        assert offered and all(line.strip().endswith("publickey") for line in offered), answer

    with subtest("root cannot log in, also with a key"):
        server.succeed(f"echo '{public}' > /var/lib/archibald/authorized_keys/root")
        client.fail(f"{ssh} -o BatchMode=yes -i /root/known root@server true")

    with subtest("no account has a password"):
        # root's is empty here because the test driver sets it so, on every machine that it tests.
        hashes = server.succeed("grep -v ^root: /etc/shadow | cut -d: -f1,2").split()
        open_ones = [h for h in hashes if h.split(":")[1][:1] not in ("!", "*")]
        assert open_ones == [], open_ones

    with subtest("no sound server is installed"):
        server.fail("systemctl cat pipewire.socket || systemctl --user cat pipewire.service")
  '';
}
