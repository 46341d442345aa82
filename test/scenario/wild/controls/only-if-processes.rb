control 'only-if-processes-a' do
  only_if('the daemon runs') { processes('sshd -D').exists? }
  describe user('root') do
    it { should exist }
  end
end
