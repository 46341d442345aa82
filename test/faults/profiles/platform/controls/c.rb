# frozen_string_literal: true

control 'any' do
  describe(file('/')) { it { should exist } }
end
