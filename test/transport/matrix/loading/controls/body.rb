# frozen_string_literal: true

# `unanswered-*`: each test is a skip with its reason. `partly-*`: some are, for the rest is answered. `answered-*`: none is.

control 'unanswered-value' do
  pids = processes(/./).pids
  describe 'processes' do
    it('are none') { expect(pids).to be_empty }
  end
end

control 'unanswered-loop' do
  processes(/./).entries.each do |one|
    describe one do
      its('user') { should_not eq 'root' }
    end
  end
end

control 'unanswered-rescued' do
  found = (command('ps -ef').stdout.lines rescue [])
  describe found do
    it { should be_empty }
  end
end

control 'unanswered-constructor' do
  describe agent do
    it { should_not be_running }
  end
end

control 'unanswered-constructor-in-body' do
  on = agent.running?
  describe 'agent' do
    it { expect(on).to eq false }
  end
end

control 'unanswered-constructor-in-only-if' do
  only_if { !agent.running? }
  describe user('root') do
    it { should exist }
  end
end

control 'unanswered-method' do
  size = later.lines.size
  describe size do
    it { should eq 0 }
  end
end

control 'unanswered-method-in-argument' do
  describe later.pids do
    it { should be_empty }
  end
end

control 'unanswered-let' do
  describe 'let' do
    let(:pids) { (processes(/./).pids rescue []) }
    it { expect(pids).to be_empty }
  end
end

control 'unanswered-before' do
  describe 'before' do
    before { @pids = (processes(/./).pids rescue []) }
    it { expect(@pids).to be_empty }
  end
end

control 'unanswered-before-all' do
  resource = later
  describe 'before all' do
    before(:all) { @lines = resource.lines }
    it { expect(@lines).to be_empty }
  end
end

control 'unanswered-describe-block' do
  resource = later
  describe 'block' do
    lines = resource.lines
    it { expect(lines).to be_empty }
  end
end

control 'unanswered-resource-in-example' do
  sshd = processes('sshd')
  describe 'sshd' do
    it { expect(sshd.list).to be_nil }
    it { expect((sshd.exists? rescue false)).to eq false }
  end
end

control 'unanswered-filter' do
  table = processes(/./).where { user == 'root' }
  describe 'pids' do
    it { expect(table.pids).to be_empty }
  end
end

control 'unanswered-filter-mapped' do
  describe processes(/./).entries.map(&:pid) do
    it { should be_empty }
  end
end

control 'unanswered-enumerator' do
  texts = Enumerator.new { |yielder| yielder << (command('ps -ef').stdout rescue '') }
  text = texts.next
  describe text do
    it { should eq '' }
  end
end

control 'unanswered-thread' do
  text = Thread.new { (command('ps -ef').stdout rescue '') }.value
  describe text do
    it { should eq '' }
  end
end

control 'unanswered-input' do
  lines = input('lines', value: (command('ps -ef').stdout.lines rescue []))
  describe lines do
    it { should be_empty }
  end
end

control 'unanswered-input-elsewhere' do
  describe input('lines') do
    it { should be_empty }
  end
end

control 'unanswered-environment' do
  path = (os_env('PATH').content rescue nil)
  describe path do
    it { should be_nil }
  end
end

control 'unanswered-mount' do
  mounted = (mount('/tmp').mounted? rescue false)
  describe mounted do
    it { should eq false }
  end
end

control 'unanswered-expect' do
  size = (command('ps -ef').stdout.lines.size rescue 0)
  expect(size).to eq 0
end

control 'unanswered-one' do
  size = (command('ps -ef').stdout.lines.size rescue 0)
  describe.one do
    describe size do
      it { should eq 0 }
    end
    describe user('nobody') do
      it { should exist }
    end
  end
end

control 'unanswered-only-if' do
  only_if('first') { processes('a').exists? }
  only_if('second') { true }
  describe user('root') do
    it { should exist }
  end
end

control 'unanswered-only-if-rescued' do
  only_if { true }
  only_if { (processes('a').exists? rescue true) }
  describe user('root') do
    it { should exist }
  end
end

control 'answered-other-only-if' do
  only_if { processes('a').exists? }
  only_if('never') { false }
  describe user('root') do
    it { should exist }
  end
end

control 'unanswered-one-alternative' do
  describe.one do
    describe user('none') do
      it { should exist }
    end
    describe command('ps -ef') do
      its('stdout') { should match(/root/) }
    end
  end
end

control 'answered-one-by-another' do
  describe.one do
    describe processes('a') do
      it { should_not exist }
    end
    describe user('root') do
      it { should exist }
    end
  end
end

control 'partly-one-that-failed' do
  describe.one do
    describe processes('a') do
      it { should_not exist }
      it { expect(1).to eq 2 }
    end
    describe user('none') do
      it { should exist }
    end
  end
end

control 'partly-before-the-question' do
  describe user('root') do
    it { should exist }
  end
  size = (command('ps -ef').stdout.lines.size rescue 0)
  describe size do
    it { should eq 0 }
  end
end

control 'partly-resource-of-its-own' do
  describe processes('sshd') do
    it { should_not exist }
  end
  describe processes(/./).where { user == 'root' } do
    its('pids') { should be_empty }
  end
  describe user('root') do
    it { should exist }
  end
end

control 'answered-custom' do
  describe later.file_lines do
    it { should_not be_empty }
  end
end

# The name of a `host` asks the resource itself.
control 'unanswered-host' do
  describe host('example.com') do
    it { should_not be_reachable }
    its('connection') { should_not match(/connection refused/) }
  end
end

# That no program opens connections, files tell: InSpec's own skip
control 'host-without-netcat' do
  describe host('example.com', port: 80, protocol: 'tcp') do
    it { should_not be_reachable }
  end
end
