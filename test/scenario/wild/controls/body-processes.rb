# values taken from a resource in the control's body, not in an example
control 'body-processes-no-telnetd' do
  impact 1.0
  pids = processes(/./).pids
  describe 'processes' do
    it('are none') { expect(pids).to be_empty }
  end
  describe processes(/./).commands do
    it { should eq [] }
  end
end
control 'body-processes-each' do
  processes(/./).entries.each do |one|
    describe one do
      its('user') { should_not eq 'root' }
    end
  end
end
control 'body-processes-ports' do
  impact 1.0
  open = port.where { protocol =~ /tcp/ }.ports
  describe 'ports' do
    it('are none') { expect(open).to be_empty }
  end
end
control 'body-processes-only-if-port' do
  only_if('nothing listens on 22') { !port(22).listening? }
  describe user('root') do
    it { should exist }
  end
end
