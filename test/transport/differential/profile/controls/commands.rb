# Commands a profile's author might write, and the traps in them

control 'commands' do
  describe command('echo hello') do
    its('stdout') { should eq "hello\n" }
    its('stderr') { should eq '' }
    its('exit_status') { should eq 0 }
    it { should exist }
  end
  describe command('nonexistent-program --version') do
    its('exit_status') { should_not eq 0 }
    its('stdout') { should eq '' }
  end
  describe command('sh') do
    it { should exist }
  end
  describe command('nonexistent-program') do
    it { should_not exist }
  end
  describe command('ls -1 /etc/differential | sort | head -2') do
    its('stdout') { should eq "a.csv\na.ini\n" }
  end
  describe command('cat /etc/passwd') do
    its('stdout') { should match(/^root:x:0:0/) }
  end
  describe command('grep -c ^root: /etc/passwd') do
    its('stdout') { should eq "1\n" }
  end
  describe command("awk -F: '$3 == 0 {print $1}' /etc/passwd") do
    its('stdout') { should eq "root\n" }
  end
  describe command('find /etc/differential -type f -name "*.json"') do
    its('stdout') { should eq "/etc/differential/a.json\n" }
  end
  describe command('find /etc/differential -perm -002 -type f') do
    its('stdout') { should eq '' }
  end
  describe command("stat -c '%a %U' /etc/passwd") do
    its('stdout') { should eq "644 root\n" }
  end
  describe command('id -u') do
    its('stdout') { should eq "0\n" }
  end
  describe command('whoami') do
    its('stdout') { should eq "root\n" }
  end
  describe command('id root') do
    its('stdout') { should match(/uid=0\(root\) gid=0\(root\)/) }
  end
  describe command('pwd') do
    its('stdout') { should match(%r{^/}) }
  end
  describe command('umask') do
    its('stdout') { should match(/^0*022$/) }
  end
  describe command('uname -s') do
    its('stdout') { should eq "Linux\n" }
  end
  describe command('env') do
    its('stdout') { should match(/^DIFFERENTIAL=value$/) }
    its('stdout') { should_not match(/^SCAN_PROFILE/) }
  end
  describe command('echo $DIFFERENTIAL') do
    its('stdout') { should eq "value\n" }
  end
  describe command('printf "%s" "$RUBYLIB"') do
    its('stdout') { should eq '' }
  end
  describe command('ps aux | grep -c "[n]onexistent-program"') do
    its('stdout') { should eq "0\n" }
  end
  describe command('df /') do
    its('exit_status') { should eq 0 }
  end
  describe command('readlink -f /etc/os-release') do
    its('stdout') { should eq "/usr/lib/os-release\n" }
  end
  describe command('test -f /etc/passwd') do
    its('exit_status') { should eq 0 }
  end
  describe command('test -f /etc/nonexistent') do
    its('exit_status') { should_not eq 0 }
  end
  describe command('echo error >&2; exit 3') do
    its('stderr') { should eq "error\n" }
    its('exit_status') { should eq 3 }
  end
  describe command('sort -u < /etc/differential/a.csv | wc -l') do
    its('stdout') { should match(/^\s*3$/) }
  end
  describe command('cat /nonexistent 2>/dev/null') do
    its('stdout') { should eq '' }
  end
  describe bash('echo $((1 + 1))') do
    its('stdout') { should eq "2\n" }
  end
  describe bash('mount | grep -c "on /proc "') do
    its('stdout') { should eq "1\n" }
  end
  describe command('cat /etc/differential/private') do
    its('stdout') { should eq "private\n" }
  end
end

control 'only-if-command' do
  only_if { command('test -d /etc').exit_status.zero? }
  describe file('/etc') do
    it { should be_directory }
  end
end

control 'loop-over-command' do
  command('ls -1 /etc/differential').stdout.lines.map(&:strip).each do |name|
    describe file("/etc/differential/#{name}") do
      it { should_not be_writable.by('others') }
    end
  end
end

control 'loop-over-files' do
  command('find /etc/differential -type f').stdout.lines.map(&:strip).sort.each do |name|
    describe file(name) do
      its('owner') { should eq 'root' }
    end
  end
end

control 'describe-one' do
  describe.one do
    describe command('nonexistent-program') do
      its('exit_status') { should eq 0 }
    end
    describe file('/etc/passwd') do
      it { should exist }
    end
  end
end

control 'negated-traps' do
  describe command('auditctl -l') do
    its('stdout') { should_not match(/-D/) }
  end
  describe command('nft list ruleset') do
    its('stdout') { should_not match(/accept/) }
  end
  describe command('pgrep nonexistent-program') do
    its('stdout') { should eq '' }
  end
  describe command('rpm -qa | grep nonexistent') do
    its('stdout') { should eq '' }
  end
  describe command('dpkg -l | grep nonexistent') do
    its('stdout') { should eq '' }
  end
  describe command('find / -xdev -nouser 2>/dev/null') do
    its('stdout') { should eq '' }
  end
  describe command('find / -xdev -perm -4000 -type f -name nonexistent 2>/dev/null') do
    its('stdout') { should be_empty }
  end
end
