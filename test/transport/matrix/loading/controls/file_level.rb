# frozen_string_literal: true

name = 'sshd'
running = processes(name).exists?
list = []
command('ps -ef').stdout.lines.each { |line| list << line }
count = list.size
safe = file('/etc/passwd').exist?
number = running ? 1 : 2
rescued = (command('ps -ef').stdout.lines rescue [])
found = {}
found['environment'] = os_env('PATH').content
@shared = os_env('PATH').content
def helper?(one)
  processes(one).exists?
end
by_helper = helper?('a')
input('file-lines', value: command('ps -ef').stdout.lines)

control 'answered-name' do
  describe user(name == 'sshd' ? 'root' : 'none') do
    it { should exist }
  end
end

control 'answered-file' do
  only_if { safe }
  describe user('root') do
    it { should exist }
  end
end

{ 'and' => proc { running && safe }, 'not' => proc { !running }, 'plain' => proc { running } }.each do |how, condition|
  control "unanswered-file-only-if-#{how}" do
    only_if(&condition)
    describe user('root') do
      it { should exist }
    end
  end
end

control 'unanswered-file-list' do
  describe list do
    it { should be_empty }
  end
end

control 'unanswered-file-count' do
  describe 'count' do
    it { expect(count).to eq 0 }
  end
end

control 'unanswered-file-number' do
  describe number do
    it { should eq 1 }
  end
end

control 'unanswered-file-rescued' do
  describe 'rescued' do
    it { expect(rescued).to be_empty }
  end
end

control 'unanswered-file-hash' do
  describe found['environment'] do
    it { should_not eq 5 }
  end
end

control 'unanswered-file-helper' do
  describe by_helper do
    it { should_not eq 5 }
  end
end

control 'unanswered-file-input' do
  describe input('file-lines') do
    it { should_not be_nil }
  end
end

if running
  control 'unanswered-inside-if' do
    describe user('root') do
      it { should exist }
    end
  end
else
  control 'unanswered-inside-else' do
    describe user('root') do
      it { should exist }
    end
  end
end

unless processes('x').exists?
  control 'unanswered-inside-unless' do
    describe user('root') do
      it { should exist }
    end
  end
end

if os.linux?
  inner = processes('y').exists?
  control 'answered-nested' do
    describe user('root') do
      it { should exist }
    end
  end
  control 'unanswered-nested' do
    describe inner do
      it { should_not eq 5 }
    end
  end
end

%w[p q].each do |one|
  on = processes(one).exists?
  control "unanswered-loop-#{one}" do
    only_if { on }
    describe user('root') do
      it { should exist }
    end
  end
  control "answered-loop-#{one}" do
    describe user('root') do
      it { should exist }
    end
  end
end

times = 0
times += 1 while processes('z').pids.empty? && times < 3
control 'unanswered-while' do
  describe times do
    it { should eq 0 }
  end
end
