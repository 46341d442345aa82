# frozen_string_literal: true

only_if { processes('x').exists? }

control 'unanswered-file-condition' do
  describe user('root') do
    it { should exist }
  end
end
