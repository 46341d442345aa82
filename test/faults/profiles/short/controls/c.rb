# frozen_string_literal: true

# Ends with half a report: what is left when InSpec is killed, or the disk full, while it writes.
at_exit { File.truncate('/results/scan-results.json', File.size('/results/scan-results.json') / 2) }
control('short') { describe(1) { it { should eq 1 } } }
