# Commands write to what the runtime mounts over an image at rest; nothing of that may be believed as the image's.
control 'write' do
  forge = "mkdir /dev/secret; echo forged >/dev/secret/key; echo forged >/dev/shm/key; echo done"
  describe(command(forge)) { its('stdout') { should match(/^done$/) } }
end

# podman mounts /etc/hosts read-only.
control 'disk' do
  fill = 'dd if=/dev/zero of=/etc/hosts bs=1M count=200 2>/dev/null; wc -c </etc/hosts; echo "6.6.6.6 forged" >/etc/hosts'
  describe(command(fill)) { its('stdout') { should cmp 64 << 20 } }
end

control 'file' do
  %w[/etc/hosts /etc/hostname /dev/secret/key /dev/shm/key].each do |path|
    describe(file(path)) { it { should_not exist } }
    describe(file(path)) { its('content') { should_not match(/forged/) } }
  end
end

control 'links' do
  describe(file('/usr/../etc/hosts')) { its('content') { should_not match(/forged/) } }
end

control 'own' do
  describe(file('/etc/passwd')) { its('owner') { should eq 'root' } }
  describe(directory('/etc')) { it { should exist } }
end
