# Not a module: what every service of the pedal gives up. A unit states its exceptions beside it, each with its reason.
# Real-time scheduling is such an exception everywhere, hence RestrictRealtime is not among these.
{
  CapabilityBoundingSet = [ "" ];
  LockPersonality = true;
  NoNewPrivileges = true;
  PrivateTmp = true;
  ProtectClock = true;
  ProtectControlGroups = true;
  ProtectHome = true;
  ProtectHostname = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  ProtectProc = "invisible";
  ProtectSystem = "strict";
  RestrictAddressFamilies = [ "AF_UNIX" ];
  RestrictNamespaces = true;
  RestrictSUIDSGID = true;
  SystemCallArchitectures = "native";
  SystemCallFilter = [ "@system-service" ];
  DevicePolicy = "closed";
}
