# default access (volume): a space between > and /dev/null, the commonest form in real profiles
control 'devnull-space-find' do
  impact 1.0
  describe command('find /usr/bin -perm -4000 -type f 2> /dev/null') do
    its('stdout') { should eq '' }
  end
end
control 'devnull-space-loop' do
  command('find /usr/bin -perm -4000 -type f 2> /dev/null').stdout.split("\n").each do |path|
    describe file(path) do
      it { should_not be_setuid }
    end
  end
end
control 'devnull-space-only-if' do
  impact 1.0
  only_if('root is there') { command('grep root /etc/passwd > /dev/null 2>&1').exit_status == 0 }
  describe file('/etc/passwd') do
    it { should_not exist }
  end
end
