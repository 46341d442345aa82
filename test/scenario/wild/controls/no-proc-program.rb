# the program itself reads /proc; its text does not say so
control 'no-proc-program-sysctl' do
  impact 1.0
  describe command('sysctl net.ipv4.conf.all.forwarding') do
    its('stdout') { should_not match(/= 1/) }
  end
  describe command('sysctl -a | grep randomize') do
    its('stdout') { should_not match(/= [01]/) }
  end
end
control 'no-proc-program-java' do
  only_if { command('java').exist? }
  describe command('java -version 2>&1') do
    its('stdout') { should_not match(/version "1\.[0-8]|17\.0/) }
  end
end
