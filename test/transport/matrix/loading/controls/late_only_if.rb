# frozen_string_literal: true

copied = @shared
control 'unanswered-before-the-condition' do
  describe copied do
    it { should_not eq 5 }
  end
end

only_if { (command('ps -ef').stdout.empty? rescue true) }
