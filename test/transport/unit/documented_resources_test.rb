# frozen_string_literal: true

require_relative "../helper"

# The table of docs/transport.md names resources as InSpec knows them, and leaves out none that profiles commonly use.
class DocumentedResourcesTest < TransportTest
  PAGE = File.expand_path("../../../docs/transport.md", __dir__)
  COMMON = %w[
    apache_conf auditd auditd_conf bash command crontab csv directory etc_fstab etc_group etc_hosts file group groups host http ini
    interface iptables json kernel_module kernel_parameter limits_conf login_defs mount mysql_conf nginx_conf ntp_conf os os_env
    package packages parse_config parse_config_file passwd platform port postgres_conf processes security_policy selinux service
    shadow sshd_config ssh_config systemd_service timezone user users xml yaml
  ].freeze

  # In a process of its own: InSpec's resources change what the other tests use. Some need a gem that InSpec does not bring.
  NAMES = <<~SCRIPT
    require "inspec"
    Dir[File.join(Gem.loaded_specs["inspec-core"].full_gem_path, "lib/inspec/resources/*.rb")].sort.each do |file|
      require file
    rescue LoadError
      next
    end
    puts Inspec::Resource.registry.keys
  SCRIPT

  def self.known
    @known ||= begin
      out, status = Open3.capture2({ "GEM_PATH" => [Scanner::GEMS, *Gem.default_path].join(":") }, "ruby", "-W0", "-e", NAMES)
      raise out unless status.success?

      out.lines.map(&:chomp)
    end
  end

  def listed
    rows = File.read(PAGE)[/^## Resource by resource\n(.*?)^## /m, 1].lines.grep(/^\| `/)
    rows.flat_map { |row| row.split("|")[1].scan(/`(\w+)`/).flatten }
  end

  def test_each_resource_that_is_listed_exists
    assert_empty(listed - self.class.known)
    assert_equal(listed.uniq, listed)
  end

  def test_each_common_resource_is_listed
    assert_empty(COMMON - listed)
    assert_empty(COMMON - self.class.known)
  end
end
