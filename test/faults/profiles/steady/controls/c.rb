# frozen_string_literal: true

# Passes on an image that is one file, fails on one with a shell.
control 'steady' do
  impact 0.5
  describe file('/bin/sh') do
    it { should_not exist }
  end
end
