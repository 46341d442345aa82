# Default access (volume). A setuid program exists in the image.
control 'bash-devnull-suid' do
  impact 1.0
  describe bash('find /usr/bin -perm -4000 -type f 2>/dev/null') do
    its('stdout') { should eq '' }
  end
end
control 'bash-devnull-suid-sorted' do
  impact 1.0
  describe bash('find /usr/bin -perm -4000 -type f 2>/dev/null | sort') do
    its('stdout') { should eq '' }
  end
end
control 'bash-devnull-loop' do
  bash('find /usr/bin -perm -4000 -type f 2>/dev/null | sort').stdout.split("\n").each do |path|
    describe file(path) do
      it { should_not be_setuid }
    end
  end
  describe 'done' do
    it { should eq 'done' }
  end
end
