# frozen_string_literal: true

# Each of these fails inside, and would pass on an answer that is empty where the truth is not: the lies of a careless
# transport. None may pass through ours.
control 'lies-files' do
  %w[/etc/passwd /etc/group /etc /proc/self/status /dev/null].each do |path|
    describe file(path) do
      it { should_not exist }
    end
  end
  describe file('/etc/passwd') do
    its('content') { should_not match(/^root:/) }
    its('size') { should eq 0 }
    it { should_not be_readable }
  end
  describe directory('/etc') do
    its('owner') { should_not eq 'root' }
  end
end

control 'lies-accounts' do
  describe user('root') do
    it { should_not exist }
  end
  describe group('root') do
    it { should_not exist }
  end
  describe users.where { uid == 0 } do
    its('usernames') { should be_empty }
  end
  describe groups.where { gid == 0 } do
    its('names') { should be_empty }
  end
  describe passwd.where { user == 'root' } do
    its('count') { should eq 0 }
  end
  describe etc_group.where(name: 'root') do
    its('gids') { should be_empty }
  end
  describe shadow do
    its('users') { should be_empty }
  end
end

control 'lies-commands' do
  describe command('cat /etc/passwd') do
    its('stdout') { should eq '' }
    its('exit_status') { should_not eq 0 }
  end
  describe command('id -u') do
    its('stdout') { should eq '' }
  end
  describe command('ls /') do
    its('stdout') { should_not match(/etc/) }
  end
  describe command('env') do
    its('stdout') { should_not match(/PATH=/) }
  end
  describe command('mount') do
    its('stdout') { should eq '' }
  end
  describe command('ps -ef') do
    its('stdout') { should eq '' }
  end
  describe command('find /etc -name passwd') do
    its('stdout') { should eq '' }
  end
  describe bash('echo something') do
    its('stdout') { should eq '' }
  end
  command('cat /etc/passwd').stdout.lines.first(1).each do |line|
    describe line do
      it { should_not match(/root/) }
    end
  end
end

control 'lies-system' do
  describe mount('/') do
    it { should_not be_mounted }
  end
  describe os_env('PATH') do
    its('content') { should be_nil }
  end
  describe kernel_parameter('kernel.ostype') do
    its('value') { should be_nil }
  end
  describe processes(/./) do
    it { should_not exist }
  end
  describe interface('lo') do
    it { should_not exist }
  end
  describe os do
    it { should_not be_linux }
  end
end

control 'lies-packages' do
  installed = { 'debian' => 'base-files', 'redhat' => 'app-server', 'rhel' => 'app-server' }
  name = installed.fetch(os.name.to_s, 'base-files')
  describe package(name) do
    it { should_not be_installed }
    its('version') { should be_nil }
  end
  describe packages(/./) do
    its('names') { should be_empty }
  end
end
