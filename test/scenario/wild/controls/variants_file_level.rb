# Asked outside of any control
mounted = mount('/boot').mounted?
sockets = begin
  port(22).listening?
rescue StandardError
  false
end

control 'variant-file-level-mount' do
  only_if { !mounted }
  describe user('root') do
    it { should exist }
  end
end

control 'variant-file-level-rescue' do
  describe sockets do
    it { should eq false }
  end
end

unless command('ps -e').stdout.include?('sshd')
  control 'variant-file-level-unless' do
    describe user('root') do
      it { should exist }
    end
  end
end

control 'variant-file-level-last' do
  describe user('root') do
    it { should exist }
  end
end
