# frozen_string_literal: true

control 'file' do
  describe file('/etc/passwd') do
    it { should be_file }
    its('mode') { should cmp '0644' }
  end
end

control 'account' do
  describe user('app') do
    its('uid') { should eq 1000 }
  end
end

control 'package' do
  describe package('bash') do
    it { should_not be_installed }
  end
end

control 'unknown' do
  describe command('check-the-unknown') do
    its('stdout') { should eq '' }
  end
end

control 'loop' do
  command('check-the-unknown').stdout.lines.each do |line|
    describe line do
      it { should eq 'x' }
    end
  end
end

control 'only-if' do
  only_if { command('check-the-unknown').stdout.empty? }
  describe 'x' do
    it { should eq 'x' }
  end
end

control 'negated' do
  describe service('sshd') do
    it { should_not be_running }
  end
end
