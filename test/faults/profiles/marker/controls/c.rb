# frozen_string_literal: true

# A profile may do what it likes in the scanner: here it leaves a marker that is another scan's.
File.write('/results/.false', '{"nonce":"another","exitCode":0,"sha256":null,"bytes":0,"packedBytes":0}')
File.rename('/results/.false', '/results/scan-complete')
sleep 2
control 'marker' do
  describe(file('/')) { it { should exist } }
end
