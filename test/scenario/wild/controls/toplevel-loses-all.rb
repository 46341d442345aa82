# outside of any control, as real profiles do it
has_ipv6 = file('/proc/net/if_inet6').exist?
listening = command('ps aux').stdout
control 'toplevel-loses-all-a' do
  describe user('root') do
    it { should exist }
  end
end
control 'toplevel-loses-all-b' do
  only_if { has_ipv6 && listening.empty? }
  describe file('/etc/passwd') do
    it { should exist }
  end
end
