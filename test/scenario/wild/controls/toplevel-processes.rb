apiserver = processes('kube-apiserver').exists?
control 'toplevel-processes-a' do
  only_if { apiserver }
  describe user('root') do
    it { should exist }
  end
end
control 'toplevel-processes-b' do
  describe user('root') do
    it { should exist }
  end
end
