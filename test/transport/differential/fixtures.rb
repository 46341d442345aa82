# frozen_string_literal: true

require "fileutils"
require "openssl"

# The files that the profile reads, put into a target's root by way of the node's /proc/PID/root.
module Fixtures
  TEXTS = {
    "a.ini" => "[main]\nkey = value\n", "a.json" => %({"list": [1, 2], "name": "x"}\n), "a.yaml" => "name: x\n",
    "a.xml" => "<a><b>text</b></a>\n", "a.csv" => "name,size\none,1\ntwo,2\n", "a.toml" => "name = 'x'\n",
    "ssh_config" => "ForwardAgent no\n", "inetd.conf" => "# shell off\n", "ntp.conf" => "server pool.example\n",
    "nginx.conf" => "user www;\n", "auditd.conf" => "log_format = RAW\n", "hosts.allow" => "ALL : LOCAL\n"
  }.freeze

  module_function

  def write(root)
    folder = "#{root}/etc/differential"
    FileUtils.mkdir_p([folder, "#{root}/etc/cron.d"], mode: 0o755)
    TEXTS.merge("key.pem" => key.to_pem, "cert.pem" => certificate.to_pem).each { |name, text| put("#{folder}/#{name}", text) }
    put("#{folder}/private", "private\n", 0o600)
    put("#{root}/etc/cron.d/differential", "1 2 * * * root /usr/bin/true\n")
  end

  def put(path, text, mode = 0o644)
    File.write(path, text)
    File.chmod(mode, path)
  end

  def key
    @key ||= OpenSSL::PKey::RSA.new(2048)
  end

  def certificate
    @certificate ||= OpenSSL::X509::Certificate.new.tap do |made|
      made.version = 2
      made.serial = 1
      made.subject = made.issuer = OpenSSL::X509::Name.parse("/CN=test")
      made.public_key = key.public_key
      made.not_before = Time.now - 60
      made.not_after = Time.now + (30 * 86_400)
      made.sign(key, OpenSSL::Digest.new("SHA256"))
    end
  end
end
