# frozen_string_literal: true

control 'broken' do
  describe(file('/')) { it { should exist }
