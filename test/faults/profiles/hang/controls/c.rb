# frozen_string_literal: true

control 'hang' do
  sleep 600
  describe(file('/')) { it { should exist } }
end
