# Files, folders and what is parsed from them

control 'file-basics' do
  describe file('/etc/passwd') do
    it { should exist }
    it { should be_file }
    it { should_not be_directory }
    it { should_not be_symlink }
    it { should be_readable }
    it { should be_writable.by('owner') }
    it { should_not be_writable.by('others') }
    it { should_not be_executable }
    it { should be_owned_by 'root' }
    it { should be_grouped_into 'root' }
    its('mode') { should cmp '0644' }
    its('uid') { should eq 0 }
    its('gid') { should eq 0 }
    its('size') { should be > 10 }
    its('type') { should eq :file }
    its('content') { should match(/^root:/) }
    its('md5sum') { should match(/^\h{32}$/) }
    its('sha256sum') { should match(/^\h{64}$/) }
    its('mtime') { should be > 0 }
    its('link_path') { should be_nil }
    its('basename') { should eq 'passwd' }
    its('selinux_label') { should be_nil }
    it { should_not be_more_permissive_than('0644') }
    it { should_not be_mounted }
    it { should_not be_setuid }
  end
end

control 'file-special' do
  describe file('/etc/os-release') do
    it { should exist }
    it { should be_symlink }
    its('link_path') { should eq '/usr/lib/os-release' }
    its('type') { should eq :symlink }
  end
  describe file('/etc/os-release') do
    its('shallow_link_path') { should eq '../usr/lib/os-release' }
  end
  describe file('/etc/shadow') do
    it { should exist }
    it { should_not be_readable.by('others') }
    it { should_not be_readable.by_user('nobody') }
    it { should be_readable.by_user('root') }
    its('mode') { should cmp '0640' }
    its('content') { should match(/^root:/) }
  end
  describe file('/nonexistent') do
    it { should_not exist }
    its('content') { should be_nil }
    its('mode') { should be_nil }
    its('owner') { should be_nil }
  end
  describe file('/dev/null') do
    it { should be_character_device }
    its('mode') { should cmp '0666' }
  end
  describe file('/tmp') do
    it { should be_directory }
    it { should be_sticky }
    its('mode') { should cmp '01777' }
  end
  describe file('/root') do
    it { should be_directory }
    its('mode') { should cmp '0700' }
    it { should_not be_readable.by_user('nobody') }
  end
  describe file('/proc/self/status') do
    it { should exist }
  end
  describe file('/proc/cpuinfo') do
    its('content') { should match(/processor/) }
  end
  describe file('/bin/sh') do
    it { should exist }
    it { should be_executable }
    it { should be_executable.by_user('nobody') }
  end
  describe directory('/etc') do
    it { should exist }
    its('mode') { should cmp '0755' }
  end
  describe directory('/etc/passwd') do
    it { should_not exist }
  end
  describe file('/etc/passwd/x') do
    it { should_not exist }
  end
  describe file('/') do
    it { should be_directory }
    it { should be_mounted }
  end
end

control 'parsed-files' do
  describe etc_hosts do
    its('primary_name') { should include 'localhost' }
  end
  describe etc_hosts.where { ip_address == '127.0.0.1' } do
    its('all_host_names') { should include ['localhost'] }
  end
  describe passwd do
    its('users') { should include 'root' }
    its('uids') { should include '0' }
  end
  describe passwd.where { uid.to_i.zero? } do
    its('users') { should eq ['root'] }
    its('entries.length') { should eq 1 }
  end
  describe shadow do
    its('users') { should include 'root' }
  end
  describe shadow.where { password == '' } do
    its('users') { should be_empty }
  end
  describe etc_group do
    its('groups') { should include 'root' }
    its('gids') { should include 0 }
  end
  describe login_defs do
    its('PASS_MAX_DAYS') { should eq '99999' }
    its('UMASK') { should eq '022' }
  end
  describe limits_conf do
    its('*') { should be_nil }
  end
  describe sshd_config do
    its('PermitRootLogin') { should eq 'no' }
    its('Port') { should eq '22' }
  end
  describe parse_config_file('/etc/os-release') do
    its('NAME') { should match(/./) }
    its('NOTHING') { should be_nil }
  end
  describe parse_config('a = 1') do
    its('a') { should eq '1' }
  end
  describe ini('/etc/differential/a.ini') do
    its(['main', 'key']) { should eq 'value' }
  end
  describe json('/etc/differential/a.json') do
    its(['list', 0]) { should eq 1 }
    its('name') { should eq 'x' }
  end
  describe yaml('/etc/differential/a.yaml') do
    its('name') { should eq 'x' }
  end
  describe xml('/etc/differential/a.xml') do
    its('a/b') { should eq ['text'] }
  end
  describe csv('/etc/differential/a.csv') do
    its('name') { should eq %w[one two] }
  end
  describe toml('/etc/differential/a.toml') do
    its('name') { should eq 'x' }
  end
  describe json('/etc/differential/missing.json') do
    its('name') { should be_nil }
  end
  describe x509_certificate('/etc/differential/cert.pem') do
    it { should be_certificate }
    its('subject.CN') { should eq 'test' }
    its('key_length') { should be 2048 }
    its('validity_in_days') { should be > 1 }
  end
  describe key_rsa('/etc/differential/key.pem') do
    it { should be_private }
    its('key_length') { should eq 2048 }
  end
  describe crontab(path: '/etc/cron.d/differential') do
    its('commands') { should include '/usr/bin/true' }
    its('user') { should include 'root' }
  end
  describe etc_fstab do
    it { should_not be_configured }
  end
  describe ssh_config('/etc/differential/ssh_config') do
    its('ForwardAgent') { should eq 'no' }
  end
  describe inetd_conf('/etc/differential/inetd.conf') do
    its('shell') { should be_nil }
  end
  describe ntp_conf('/etc/differential/ntp.conf') do
    its('server') { should eq 'pool.example' }
  end
  describe apache_conf('/etc/differential/none.conf') do
    its('Listen') { should be_nil }
  end
  describe nginx_conf('/etc/differential/nginx.conf') do
    its('params') { should include 'user' }
  end
  describe auditd_conf('/etc/differential/auditd.conf') do
    its('log_format') { should eq 'RAW' }
  end
  describe etc_hosts_allow('/etc/differential/hosts.allow') do
    its('daemon') { should include ['ALL'] }
  end
end
