control 'describe-one-a' do
  describe.one do
    describe user('nope') do
      it { should exist }
    end
    describe user('root') do
      it { should exist }
    end
  end
end
control 'describe-one-b' do
  describe.one do
    describe user('nope') do
      it { should exist }
    end
    describe command('ps aux') do
      its('stdout') { should match(/root/) }
    end
  end
end
control 'describe-one-c' do
  describe.one do
    describe processes('zzz') do
      it { should_not exist }
    end
    describe user('root') do
      it { should exist }
    end
  end
end
control 'describe-one-d' do
  describe.one do
    describe port(80) do
      it { should_not be_listening }
    end
    describe user('nope') do
      it { should exist }
    end
  end
end
