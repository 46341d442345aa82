# frozen_string_literal: true

# A profile that leaves a file among the results, and takes its time.
File.write('/results/litter', 'x' * 1_000_000)
control 'litter' do
  impact 1.0
  describe('patience') { it { sleep 90 } }
end
