# frozen_string_literal: true

local = 'root'
size = Integer(command('ps -ef').stdout.lines.size)
text = "a#{local}" + processes('x').commands.first
inspec.backend.run_command('ps -ef').stdout

control 'answered-after-an-exception' do
  describe user(local) do
    it { should exist }
  end
end

control 'unanswered-after-an-exception' do
  describe [size, text] do
    it { should eq 0 }
  end
end
