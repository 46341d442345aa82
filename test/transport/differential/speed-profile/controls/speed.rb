# frozen_string_literal: true

# 500 examples in the mixture of a hardening profile: files and their modes, packages, accounts, settings, kernel
# parameters, commands.

FILES = %w[
  /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/os-release /etc/debian_version /etc/fstab /etc/profile /etc/bash.bashrc
  /etc/login.defs /etc/securetty /etc/issue /etc/issue.net /etc/motd /etc/hosts /etc/hostname /etc/resolv.conf /etc/nsswitch.conf
  /etc/ld.so.conf /etc/environment /etc/shells /etc/services /etc/protocols /etc/sudoers
  /etc/crontab /etc/ssh/sshd_config /etc/pam.conf /etc/deluser.conf /etc/adduser.conf /etc/host.conf
].freeze
control 'files' do
  FILES.each do |path|
    describe file(path) do
      it { should_not be_writable.by('others') }
      it { should_not be_setuid }
      its('owner') { should be_in ['root', nil] }
      its('mode') { should cmp '0644' }
      its('type') { should eq :file }
    end
  end
end

FOLDERS = %w[/ /etc /usr /usr/bin /usr/sbin /usr/lib /var /var/log /var/lib /var/cache /root /home /tmp /var/tmp /opt /srv /boot /media /mnt /run].freeze
control 'folders' do
  FOLDERS.each do |path|
    describe file(path) do
      it { should be_directory }
      it { should be_owned_by 'root' }
      its('mode') { should cmp '0755' }
    end
  end
end

PACKAGES = %w[
  apt bash base-files base-passwd coreutils dash debianutils diffutils dpkg findutils grep gzip hostname libc6 libc-bin login mawk
  mount passwd perl-base sed sysvinit-utils tar tzdata util-linux zlib1g openssh-server telnetd rsh-server nis ypserv tftpd xinetd
  gcc make python3 curl wget sudo aide
].freeze
control 'packages' do
  PACKAGES.each { |name| describe(package(name)) { it { should be_installed } } }
end

PARAMETERS = %w[
  kernel.randomize_va_space kernel.dmesg_restrict kernel.kptr_restrict kernel.sysrq kernel.core_pattern kernel.pid_max
  kernel.panic kernel.hostname kernel.osrelease kernel.threads-max fs.file-max fs.suid_dumpable fs.protected_hardlinks
  fs.protected_symlinks fs.protected_fifos fs.protected_regular net.ipv4.ip_forward net.ipv4.tcp_syncookies
  net.ipv4.conf.all.rp_filter net.ipv4.conf.all.accept_redirects net.ipv4.conf.all.send_redirects
  net.ipv4.conf.all.accept_source_route net.ipv4.conf.default.rp_filter net.ipv4.icmp_echo_ignore_broadcasts
  net.ipv4.conf.all.log_martians net.ipv4.conf.default.accept_redirects vm.swappiness vm.overcommit_memory vm.mmap_min_addr
  vm.max_map_count
].freeze
control 'kernel' do
  PARAMETERS.each { |name| describe(kernel_parameter(name)) { its('value') { should_not be_nil } } }
end

USERS = %w[root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody _apt app operator].freeze
control 'users' do
  USERS.each do |name|
    describe user(name) do
      it { should exist }
      its('uid') { should be < 1000 }
      its('shell') { should match(/nologin|false/) }
    end
  end
  describe(passwd.uids(0)) { its('users') { should eq ['root'] } }
  describe(passwd.where { uid == '0' }) { its('count') { should eq 1 } }
  9.times { |number| describe(group(%w[root adm tty disk lp mail sudo shadow staff users][number])) { it { should exist } } }
end

KEYS = %w[PASS_MAX_DAYS PASS_MIN_DAYS PASS_WARN_AGE UID_MIN UID_MAX GID_MIN GID_MAX ENCRYPT_METHOD UMASK FAILLOG_ENAB LOG_OK_LOGINS SYSLOG_SU_ENAB
          SYSLOG_SG_ENAB ENV_PATH ENV_SUPATH TTYGROUP TTYPERM ERASECHAR KILLCHAR HUSHLOGIN_FILE].freeze
control 'settings' do
  KEYS.each { |key| describe(login_defs) { its(key) { should_not be_nil } } }
  KEYS.each { |key| describe(parse_config_file('/etc/login.defs', assignment_regex: /^(\S+)\s+(\S+)$/)) { its([key]) { should_not be_nil } } }
  %w[Protocol PermitRootLogin X11Forwarding MaxAuthTries IgnoreRhosts].each do |key|
    describe(sshd_config) { its(key) { should be_nil } }
  end
  %w[net.ipv4.ip_forward fs.suid_dumpable kernel.sysrq].each do |key|
    describe(ini('/etc/sysctl.conf')) { its([key]) { should be_nil } }
  end
end

control 'commands' do
  50.times do |number|
    describe command("grep -c '^[a-z]' /etc/passwd | head -n #{number + 1}") do
      its('exit_status') { should eq 0 }
      its('stdout') { should match(/\d/) }
    end
  end
end

control 'system' do
  describe(os) { its('family') { should eq 'debian' } }
end
