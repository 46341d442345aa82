# frozen_string_literal: true

# Train finds this file by the scheme of `inspec exec -t rootfs:///folder`: an unpacked or mounted image, at rest.
require_relative "sidecar_scan/transport"

module SidecarScan
  # `rootfs:///folder`
  class RootfsTransport < Train.plugin(1)
    name "rootfs"
    option :host, default: nil
    option :path, default: nil

    def connection(_state = nil)
      @connection ||= Connection.new(@options, Settings.from_env(ENV)) { |settings| RestingTarget.new(@options[:path].to_s, settings) }
    end
  end
end
