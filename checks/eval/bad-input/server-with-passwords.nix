# Password login on a server that promises keys only.
# Remedy: services.openssh.settings.PasswordAuthentication
{
  variant = "archibaldOS-server";
  module = {
    services.openssh.settings.PasswordAuthentication = true;
  };
}
