control 'readonly-root-tool-writes' do
  impact 1.0
  describe command("d=$(mktemp -d) && cp /etc/passwd $d/list && grep -c root $d/list | cat") do
    its('stdout') { should eq '' }
  end
end
control 'readonly-root-nginx-dump' do
  describe command('nginx -T 2>/dev/null') do
    its('stdout') { should_not match(/server_tokens\s+build|ssl_protocols.*TLSv1/) }
  end
end
control 'readonly-root-rpm-verify' do
  only_if { command('rpm').exist? }
  describe command("rpm -Va --noconfig | awk '$1 ~ /5/'") do
    its('stdout') { should eq '' }
  end
end
