{ 'targets': [{
  'target_name': 'pbfast_cmake', 'type': 'none',
  'actions': [{ 'action_name': 'cmake_js', 'inputs': [], 'outputs': ['<(module_root_dir)/build/always-run'],
    'action': ['node', '<!(node -p "require.resolve(\'cmake-js/bin/cmake-js\')")', 'compile',
      '--directory', '<(module_root_dir)/native', '--out', '<(module_root_dir)/build/cmake',
      '--config', '<(CONFIGURATION_NAME)'] }] }] }
