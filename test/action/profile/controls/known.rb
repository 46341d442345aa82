control 'known-pass' do
  impact 0.5
  title 'Every image of the bed has accounts'
  describe(file('/etc/passwd')) { it { should exist } }
end

control 'known-fail' do
  impact 1.0
  title 'No image of the bed has this file'
  describe(file('/no/such/file')) { it { should exist } }
end

control 'known-by-image' do
  impact 0.7
  title 'Only an image without a shell passes'
  describe(file('/bin/sh')) { it { should_not exist } }
end

control 'known-skip' do
  impact 0.3
  title 'Skipped everywhere'
  only_if('never') { false }
  describe(file('/')) { it { should exist } }
end

control 'pause' do
  impact 0.0
  title 'Takes as long as the input says'
  describe('pause') { it { sleep input('pause').to_f } }
end
