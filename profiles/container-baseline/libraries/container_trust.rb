# frozen_string_literal: true

require 'openssl'
require 'container_check'

# The certificate authorities an image trusts.
class ContainerTrust < ContainerCheck
  name 'container_trust'
  desc 'Asks whether the certificate authorities an image trusts are sound'
  example <<~EXAMPLE
    describe container_trust('certificate_authorities', allowed: [], max_entries: 300_000) do
      it { should have_no_findings }
    end
  EXAMPLE

  BUNDLES = %w[/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem /etc/ssl/ca-bundle.pem
               /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem].freeze
  LOCAL = %w[/usr/local/share/ca-certificates /etc/pki/ca-trust/source/anchors /etc/pki/trust/anchors
             /usr/share/pki/ca-trust-source/anchors].freeze
  CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----.*?-----END (?:TRUSTED )?CERTIFICATE-----/m.freeze

  def certificate_authorities
    bundles = BUNDLES.filter_map { |path| @image.stat(path) }.select { |file| file.type == :file }
    added = entries(within: LOCAL) { |e| (e.file? || e.symlink?) && LOCAL.any? { |folder| e.under?(folder) } && !allowed?(e.path, option(:allowed)) }
    not_applicable!('The image has no bundle of certificate authorities') if bundles.empty? && added.empty?
    added.map { |e| "#{e.path} adds a certificate authority" } + bundles.flat_map { |file| bundle_faults(file) }
  end

  private

  def bundle_faults(file)
    fault = unsafe(file)
    text = @image.read(file.path)
    (fault ? ["#{file.path}: #{fault}"] : []) + content_faults(file.path, text)
  end

  def content_faults(path, text)
    faults = []
    faults << "#{path} holds a private key" if text.include?('PRIVATE KEY-----')
    pems = text.scan(CERTIFICATE)
    return faults << "#{path} holds no certificate" if pems.empty?

    parsed = pems.map { |pem| certificate(pem) }
    broken = parsed.count(nil)
    faults << "#{path} holds #{broken} certificate(s) that cannot be read" if broken.positive?
    faults << "#{path} holds expired certificates only" if broken < pems.size && parsed.compact.all? { |c| c.not_after < Time.now }
    faults
  end

  def certificate(pem)
    OpenSSL::X509::Certificate.new(pem.gsub('TRUSTED CERTIFICATE', 'CERTIFICATE'))
  rescue OpenSSL::X509::CertificateError
    nil
  end
end
