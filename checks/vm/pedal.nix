# The chain of the pedal on a sound driver that needs no card: it comes up in order, under the users and priorities that
# it should have, a restart of JACK restarts it, and a killed engine is back while the dry signal bridges the gap.
_: {
  name = "pedal";
  globalTimeout = 15 * 60;

  nodes.machine = {
    virtualisation.cores = 2;
    virtualisation.memorySize = 2048;
    archibald = {
      hardware.cpuCount = 2;
      realtime.audioCores = [ 1 ];
      audio.quantumFrames = 256;
      pedal = {
        enable = true;
        jack.driver = "dummy";
        hotspot.enable = false;
        # A few small ones; the whole set is a gigabyte.
        plugins.names = [
          "mda_lv2"
          "swh_lv2"
        ];
      };
    };
  };

  testScript = ''
    def pid(unit):
        return machine.succeed(f"systemctl show --property MainPID --value {unit}").strip()

    def as_engine(command):
        return machine.succeed(
            "sudo -u archibald-engine env JACK_PROMISCUOUS_SERVER=jack " + command
        )

    start_all()

    with subtest("the chain comes up"):
        machine.wait_for_unit("jack.service")
        machine.wait_for_unit("mod-host.service")
        assert as_engine("jack_bufsize").split()[3] == "256"

    with subtest("the units have the names that people know"):
        machine.succeed("systemctl status archibald-engine jack mod-host")

    with subtest("each runs as its own user, on the audio core"):
        for unit, user in [("jack", "jack"), ("mod-host", "archibald-engine")]:
            assert machine.succeed(f"ps -o user:32= -p {pid(unit)}").strip() == user
            assert machine.succeed(f"taskset -cp {pid(unit)}").strip().endswith(": 1")

    with subtest("the server's threads are real-time at 75, the engine's at 70"):
        machine.succeed(f"ps -L -o cls= -o rtprio= -p {pid('jack')} | grep -E 'FF +75'")
        machine.succeed(f"ps -L -o cls= -o rtprio= -p {pid('mod-host')} | grep -E 'FF +70'")

    with subtest("plugins are found, boards can be written, keys cannot be read"):
        as_engine("lv2ls | grep -q mda")
        machine.succeed("install -d -m 700 -o pistomp /home/pistomp/.ssh")
        enter = f"nsenter --mount --target {pid('mod-host')} setpriv --reuid archibald-engine --clear-groups --regid pistomp "
        machine.succeed(enter + "touch /home/pistomp/data/.pedalboards/written")
        machine.fail(enter + "ls /home/pistomp/.ssh")

    with subtest("strangers cannot command the engine"):
        machine.fail("sudo -u nobody test -w /run/archibald-engine/engine.sock")

    with subtest("a killed engine comes back, with the dry signal meanwhile"):
        before = pid("mod-host")
        machine.succeed(f"kill -9 {before}")
        machine.wait_until_succeeds(
            "journalctl --unit archibald-dry-through --grep 'from capture to playback'", timeout=10
        )
        machine.wait_until_succeeds(f"test $(systemctl show -P MainPID mod-host) -gt {before}", timeout=10)
        machine.wait_for_unit("mod-host.service")

    with subtest("a stopped engine leaves the dry signal, a started one takes it over"):
        dry = "sh -c \"jack_lsp -c system:capture_1 | grep -q 'system:playback_1'\""
        machine.succeed("systemctl stop mod-host")
        machine.wait_until_succeeds("sudo -u archibald-engine env JACK_PROMISCUOUS_SERVER=jack " + dry, timeout=10)
        machine.succeed("systemctl start mod-host")
        machine.wait_until_fails("sudo -u archibald-engine env JACK_PROMISCUOUS_SERVER=jack " + dry, timeout=10)

    with subtest("stopping JACK does not start it again"):
        machine.succeed("systemctl stop jack")
        machine.sleep(2)
        machine.fail("systemctl is-active jack mod-host")
        machine.succeed("systemctl start mod-host")
        machine.wait_for_unit("jack.service")

    with subtest("restarting JACK restarts the chain"):
        before = (pid("jack"), pid("mod-host"))
        machine.succeed("systemctl restart jack")
        machine.wait_for_unit("mod-host.service")
        after = (pid("jack"), pid("mod-host"))
        assert before[0] != after[0] and before[1] != after[1], f"{before} {after}"

    with subtest("the period chosen on the pedal stands over the built one"):
        machine.succeed("echo JACK_PERIOD=128 > /var/lib/archibald/jack")
        machine.succeed("systemctl restart jack")
        machine.wait_for_unit("mod-host.service")
        assert as_engine("jack_bufsize").split()[3] == "128"

    with subtest("a wrong period is refused with a sentence"):
        machine.succeed("echo JACK_PERIOD=soon > /var/lib/archibald/jack")
        machine.execute("systemctl restart jack")
        machine.wait_until_succeeds("journalctl --unit jack --grep \"JACK_PERIOD is 'soon'\"")
  '';
}
