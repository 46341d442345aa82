# frozen_string_literal: true

# A careless profile: it shows what it was told in confidence, in every place it can.
warn "on stderr: #{input('password')}"
puts "on stdout: #{input('password')}"

control 'leaky-title' do
  impact 0.5
  title "The password is #{input('password')}"
  desc "It is #{input('password')}, and #{input('greeting')}"
  tag secret: input('password')
  describe input('password') do
    it { should eq 'something else' }
  end
  describe "of #{input('nested')}" do
    it { should include input('password') }
  end
end

control 'leaky-error' do
  impact 0.5
  describe 'an exception' do
    it { raise "no luck with #{input('password')}" }
  end
end
