control 'devnull-append-append' do
  describe command('cat /etc/passwd 2>>/dev/null') do
    its('stdout') { should eq '' }
  end
end
control 'devnull-append-ampersand' do
  describe command('grep root /etc/passwd &> /dev/null') do
    its('exit_status') { should_not eq 0 }
  end
end
control 'devnull-append-only-if' do
  only_if('there is a root user') { command('grep -q root /etc/passwd >>/dev/null 2>&1').exit_status.zero? }
  describe user('root') do
    its('uid') { should eq 1 }
  end
end
