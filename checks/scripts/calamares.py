#!/usr/bin/env python3
"""Runs Calamares' NixOS job with our replacements, without Calamares, and prints the configuration.nix that it writes.

Usage: calamares.py MAIN_PY REPLACEMENTS_JSON ANSWERS_JSON
  MAIN_PY       modules/nixos/main.py of calamares-nixos-extensions
  REPLACEMENTS  [{"from": TEXT, "to": TEXT}, ...] as modules/installer/calamares/replacements.nix gives them
  ANSWERS       what the pages of the installer would have stored
Exits 1 when a text to be replaced is missing or not unique, or when the job does not install our flake.
"""
import io
import json
import subprocess
import sys
import types


def patched(source, replacements):
    for replacement in replacements:
        count = source.count(replacement["from"])
        if count != 1:
            sys.exit(f"found {count} times instead of once: {replacement['from']!r}")
        source = source.replace(replacement["from"], replacement["to"])
    return source


def main():
    main_py, replacements, answers = sys.argv[1:4]
    with open(replacements, encoding="utf-8") as file:
        replacements = json.load(file)
    with open(answers, encoding="utf-8") as file:
        answers = json.load(file)
    with open(main_py, encoding="utf-8") as file:
        source = patched(file.read(), replacements)

    written, commands = {}, []

    def host_env_process_output(command, _callback=None, text=None, *_):
        written[command[-1]] = text

    def check_output(command, **_):
        commands.append(command)
        return b""

    calamares = types.ModuleType("libcalamares")
    calamares.utils = types.SimpleNamespace(
        gettext_path=lambda: None,
        gettext_languages=lambda: [],
        debug=lambda *_: None,
        warning=lambda text: sys.exit(f"warning of the job: {text}"),
        error=lambda text: sys.exit(f"error of the job: {text}"),
        host_env_process_output=host_env_process_output,
    )
    calamares.job = types.SimpleNamespace(setprogress=lambda _: None)
    calamares.globalstorage = types.SimpleNamespace(value=answers.get)
    sys.modules["libcalamares"] = calamares

    class Process:
        def __init__(self, command, **_):
            commands.append(command)
            self.stdout = io.BytesIO()

        def wait(self):
            return 0

    subprocess.check_output, subprocess.Popen = check_output, Process
    subprocess.getoutput = lambda *_: "26.11.20260723.e2587ca"
    # No file of this machine is read: hardware-configuration.nix and the keyboard table are empty.
    scope = {"__name__": "main", "open": lambda *_, **__: io.StringIO()}
    exec(compile(source, main_py, "exec"), scope)
    result = scope["run"]()
    if result is not None:
        sys.exit(f"the job failed: {result}")

    install = next((c for c in commands if "nixos-install" in c), None)
    if install is None or "/mnt/etc/nixos#archibaldOS" not in install:
        sys.exit(f"nixos-install is not asked for our flake: {install}")
    prepare = next((i for i, c in enumerate(commands) if "archibald-prepare-target" in " ".join(c)), None)
    if prepare is None or prepare > commands.index(install):
        sys.exit("etc/nixos is not prepared before nixos-install")
    print(written["/mnt/etc/nixos/configuration.nix"])


main()
