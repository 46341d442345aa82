# default access (volume): the command's text names neither /proc nor a variable, the program needs them
control 'at-rest-programs-find-fstype' do
  impact 1.0
  describe command("find /usr/bin -fstype overlay -perm -4000 2>/dev/null") do
    its('stdout') { should eq '' }
  end
  describe command("find /usr/bin ! -fstype nfs -perm -4000 2>/dev/null") do
    its('stdout') { should eq '' }
  end
end
control 'at-rest-programs-printenv' do
  impact 1.0
  describe command('printenv PATH HOME') do
    its('stdout') { should_not match(/root/) }
  end
  describe command("awk 'BEGIN { print ENVIRON[\"HOME\"] }'") do
    its('stdout') { should_not match(/root/) }
  end
  describe bash('echo $HOME') do
    its('stdout') { should eq "\n" }
  end
end
control 'at-rest-programs-writable' do
  describe command('test -w /etc/passwd') do
    its('exit_status') { should_not eq 0 }
  end
end
