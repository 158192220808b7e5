# The live medium's known password, and sshd that takes passwords.
# Remedy: services.openssh.settings.PasswordAuthentication
{
  variant = "archibaldOS-iso";
  module = {
    services.openssh.settings.PasswordAuthentication = true;
  };
}
