# frozen_string_literal: true

require "ipaddr"
require_relative "../honesty"
require_relative "../result"

module SidecarScan
  module Answers
    # ss as InSpec's `port` asks it, from /proc/PID/net and the target's own processes.
    class Sockets
      LISTENING = { "tcp" => "0A", "tcp6" => "0A", "udp" => "07", "udp6" => "07" }.freeze
      FILTER = /\A\( dport = (\d+) or sport = \d+ \)\z/.freeze
      HEADER = "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process"

      def initialize(target, settings)
        @target = target
        @settings = settings
      end

      def call(words)
        return nil unless words[0] == "ss" && words[1] == "-tulpen" && words.size <= 3

        port = words[2] && words[2][FILTER, 1]
        return nil if words[2] && port.nil?
        Honesty.unavailable!("ports: the image's program is held, not running (target-mode: run)") if @target.held?(@settings)

        owners = socket_owners
        Result.lines([HEADER] + LISTENING.flat_map { |protocol, state| rows(protocol, state, port&.to_i, owners) })
      end

      private

      # inode → [process name, PID, descriptor]
      def socket_owners
        @target.processes.each_with_object({}) do |entry, owners|
          Dir.children(entry.path("fd")).each do |descriptor|
            inode = File.readlink(entry.path("fd/#{descriptor}"))[/\Asocket:\[(\d+)\]\z/, 1]
            owners[inode] ||= [entry.command_name, entry.pid, descriptor] if inode
          rescue Errno::ENOENT
            next
          end
        rescue Errno::EACCES, Errno::EPERM
          Honesty.unavailable!("ports: the sockets of process #{entry.pid} may not be listed")
        rescue Errno::ENOENT, Errno::ESRCH
          next
        end
      end

      # The pod shares one network namespace: only sockets that a process of the target holds are the target's.
      def rows(protocol, state, port, owners)
        lines(protocol).map do |fields|
          host, number = address(fields[1])
          owner = owners[fields[9]]
          next unless owner && fields[3] == state && (port.nil? || port == number)

          line(protocol, host, number, owner, fields)
        end.compact
      end

      def lines(protocol)
        File.readlines(@target.proc_path("net/#{protocol}")).drop(1).map(&:split)
      rescue Errno::ENOENT
        []
      end

      def line(protocol, host, port, owner, fields)
        six = protocol.end_with?("6")
        state = protocol.start_with?("tcp") ? "LISTEN" : "UNCONN"
        peer = six ? "[::]:*" : "0.0.0.0:*"
        shown = six ? "[#{host}]" : host
        users = %(users:(("#{owner[0]}",pid=#{owner[1]},fd=#{owner[2]})))
        "#{protocol.delete("6")} #{state} 0 128 #{shown}:#{port} #{peer} #{users} uid:#{fields[7]} ino:#{fields[9]} sk:1#{" v6only:1" if six} <->"
      end

      # "0100007F:1F90" → ["127.0.0.1", 8080]: words of the address in the machine's byte order
      def address(text)
        host, port = text.split(":")
        [IPAddr.new_ntoh([host].pack("H*").unpack("V*").pack("N*")).to_s, port.to_i(16)]
      end
    end
  end
end
