control 'empty-path-empty-path' do
  impact 1.0
  datadir = mysql_conf('/etc/does-not-exist').params.dig('mysqld', 'datadir').to_s
  describe file(datadir) do
    it { should exist }
    it { should be_directory }
    it { should be_owned_by 'root' }
  end
end
