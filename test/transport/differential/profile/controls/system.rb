# What a running system tells: platform, accounts, packages, processes, network, kernel

control 'platform' do
  describe os do
    it { should be_linux }
    its('family') { should match(/./) }
    its('name') { should match(/./) }
    its('release') { should match(/./) }
    its('arch') { should eq 'x86_64' }
  end
  describe platform do
    its('name') { should match(/./) }
  end
  describe virtualization do
    its('system') { should_not eq 'xen' }
  end
  describe sys_info do
    its('hostname') { should match(/./) }
  end
  describe kernel_parameter('net.ipv4.ip_forward') do
    its('value') { should be_in [0, 1] }
  end
  describe kernel_parameter('kernel.randomize_va_space') do
    its('value') { should eq 2 }
  end
  describe kernel_parameter('fs.nonexistent') do
    its('value') { should be_nil }
  end
  describe kernel_module('nonexistent_module') do
    it { should_not be_loaded }
  end
  describe timezone do
    its('identifier') { should match(/./) }
  end
end

control 'accounts' do
  describe user('root') do
    it { should exist }
    its('uid') { should eq 0 }
    its('gid') { should eq 0 }
    its('group') { should eq 'root' }
    its('groups') { should include 'root' }
    its('home') { should eq '/root' }
    its('shell') { should match(%r{^/}) }
    its('maxdays') { should eq 99_999 }
  end
  describe user('nonexistent') do
    it { should_not exist }
    its('uid') { should be_nil }
  end
  describe users.where { uid.zero? } do
    its('usernames') { should eq ['root'] }
  end
  describe users.shells(/nologin/) do
    its('usernames') { should include 'nobody' }
  end
  describe group('root') do
    it { should exist }
    its('gid') { should eq 0 }
  end
  describe group('nonexistent') do
    it { should_not exist }
  end
  describe groups.where { name == 'root' } do
    it { should exist }
    its('gids') { should eq [0] }
  end
  describe groups do
    its('names') { should include 'root' }
  end
end

control 'packages' do
  %w[base-files busybox bash redhat-release musl dpkg].each do |name|
    describe package(name) do
      it { should be_installed }
      its('version') { should match(/^\d/) }
    end
  end
  %w[nginx telnet-server nonexistent-package].each do |name|
    describe package(name) do
      it { should_not be_installed }
      its('version') { should be_nil }
    end
  end
  describe packages(/base-files|busybox|bash/) do
    its('statuses') { should cmp 'installed' }
    its('names') { should_not be_empty }
    its('architectures') { should_not be_empty }
  end
  describe packages(/nonexistent/) do
    its('names') { should be_empty }
  end
end

control 'processes' do
  describe processes('server') do
    it { should exist }
    its('states') { should include(/^[SR]/) }
  end
  describe processes('httpd') do
    it { should exist }
    its('users') { should eq ['root'] }
  end
  describe processes('sleep infinity') do
    its('entries.length') { should eq 1 }
  end
  describe processes('nonexistent-program') do
    it { should_not exist }
    it { should_not be_running }
  end
  describe port(8080) do
    it { should be_listening }
    its('protocols') { should include 'tcp' }
  end
  describe port(22) do
    it { should_not be_listening }
  end
  describe os_env('PATH') do
    its('content') { should match(%r{/usr/bin}) }
    its('split') { should include '/bin' }
  end
  describe os_env('DIFFERENTIAL') do
    its('content') { should eq 'value' }
  end
  describe os_env('SCAN_TARGET_NOTHING') do
    its('content') { should be_nil }
  end
end

control 'mounts' do
  describe mount('/') do
    it { should be_mounted }
    its('type') { should eq 'overlay' }
    its('options') { should_not include 'nodev' }
  end
  describe mount('/proc') do
    it { should be_mounted }
    its('type') { should eq 'proc' }
    its('options') { should include 'nosuid' }
  end
  describe mount('/nonexistent') do
    it { should_not be_mounted }
  end
  describe mount('/dev/shm') do
    it { should be_mounted }
  end
  describe command('mount') do
    its('stdout') { should match(/ on \/proc type proc/) }
    its('exit_status') { should eq 0 }
  end
  describe command('mount | grep nodev') do
    its('stdout') { should_not be_empty }
  end
  describe command('cat /proc/mounts') do
    its('stdout') { should match(/proc/) }
  end
  describe file('/proc/self/mounts') do
    its('content') { should match(/proc/) }
  end
  describe filesystem('/') do
    its('size_kb') { should be > 0 }
  end
end

control 'services' do
  describe service('nonexistent') do
    it { should_not be_installed }
    it { should_not be_enabled }
    it { should_not be_running }
  end
  describe service('cron') do
    it { should_not be_running }
  end
  describe systemd_service('ssh') do
    it { should_not be_running }
  end
  describe crontab('root') do
    its('commands') { should be_empty }
  end
  describe interface('lo') do
    it { should exist }
    it { should be_up }
  end
  describe interfaces do
    its('names') { should include 'lo' }
  end
  describe host('localhost') do
    it { should be_resolvable }
  end
  describe http('http://127.0.0.1:8080/') do
    its('status') { should eq 200 }
  end
  describe iptables do
    it { should_not have_rule('-P INPUT ACCEPT') }
  end
  describe selinux do
    it { should_not be_installed }
    it { should_not be_enforcing }
  end
  describe gem('nonexistent') do
    it { should_not be_installed }
  end
  describe npm('nonexistent') do
    it { should_not be_installed }
  end
  describe pip('nonexistent') do
    it { should_not be_installed }
  end
  describe apt('http://nonexistent.example') do
    it { should_not exist }
  end
  describe yum.repo('nonexistent') do
    it { should_not exist }
  end
  describe default_gateway do
    its('interface') { should_not eq 'nonexistent0' }
  end
  describe docker.containers do
    its('ids') { should be_empty }
  end
end
