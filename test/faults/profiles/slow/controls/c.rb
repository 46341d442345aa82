# frozen_string_literal: true

# Some seconds of work, and results of some hundred kilobytes that do not compress.
require 'securerandom'
8.times do |number|
  control "slow-#{number}" do
    impact 1.0
    title SecureRandom.hex(20_000)
    describe 'patience' do
      it do
        sleep 0.7
        expect(1).to eq 1
      end
    end
  end
end
